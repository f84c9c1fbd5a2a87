"""Claims: a person says that an organisation of the directory is theirs."""
