"""What a user may choose, and where everything is: settings and MEDIA_HOME."""
