"""What the activities service reads beside its database: the key that signs certificates."""
