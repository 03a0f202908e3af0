"""Elements by position: reading, writing, searching, sorting."""
