"""What a search found, with the reasons: for the command line and the web pages."""
