"""What is asked of one running stack: it is started for these files, and stopped after them."""
