"""Who is who, and on which side."""
