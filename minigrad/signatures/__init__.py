"""How torch's functions are called: the table, the kinds of arguments, and the doors that ask both."""
