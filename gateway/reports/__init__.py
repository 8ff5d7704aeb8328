"""What a report has in it, and how its file is written in each format."""
