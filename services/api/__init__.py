"""The demo API: predictions made by the ML service and stored in PostgreSQL."""
