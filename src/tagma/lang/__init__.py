"""Facts about languages, as data: one folder a language, and the base rules that they share."""
