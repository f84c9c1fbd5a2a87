"""Official directories as files: what their rows say, whatever their columns are called."""
