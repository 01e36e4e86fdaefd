"""The AWS half of the stack: the template, and what stands in for AWS on a laptop."""
