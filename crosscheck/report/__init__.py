"""What a check found, and its projections: terminal, JSON, JUnit."""
