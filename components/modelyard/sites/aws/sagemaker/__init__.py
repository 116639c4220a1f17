"""SageMaker AI: what AWS runs itself of a platform for machine learning."""
