"""What Google runs itself of a platform for machine learning: Vertex AI, and Cloud Run."""
