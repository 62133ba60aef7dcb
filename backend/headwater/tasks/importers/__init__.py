"""One module a family of file formats: rows to examples. docs/tasks.md tells their oddities."""
