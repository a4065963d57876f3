"""What may be cited: the handbook, a team's own documents, search and citations."""
