"""The API server of the simulated AWS: moto, with what our use of EC2, IAM and ECR needs to be true."""
