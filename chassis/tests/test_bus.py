"""The bus end to end on real PostgreSQL and real Kafka."""
