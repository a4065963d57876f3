"""The pages of the console, a file a subject: what each reads, does and shows."""
