"""What a type checker says of a program that uses minigrad: the files run as tests, and are checked as text."""
