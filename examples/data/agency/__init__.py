"""A made-up French letting agency, drawn from a fixed seed."""
