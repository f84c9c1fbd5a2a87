"""The front desk of Triskel."""
