"""A theory and questionnaire data go in, a paper comes out; docs/architecture.md shows the rooms of this house."""
