"""What a user may choose, and where everything lies: settings and MEDIA_HOME."""
