"""The ML service: two models, trained when the image is built, loaded once."""
