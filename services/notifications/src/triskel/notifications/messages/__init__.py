"""Messages: who must know what, in their language, once."""
