"""The smallest case that shows a mistake."""
