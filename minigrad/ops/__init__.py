"""Every derivative in the library, one family of ops a file."""
