"""Packages for autograders: a zip file to upload, with all that grading one submission needs."""
