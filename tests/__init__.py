"""The tests, in folders that mirror the source's; helpers are imported by their full name (``tests.shared``)."""
