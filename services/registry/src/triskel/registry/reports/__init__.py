"""Reports: somebody says that an organisation or an activity is wrong."""
