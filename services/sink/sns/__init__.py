"""A subscriber of Amazon SNS topics over HTTP(S): what it takes, confirms, believes and keeps."""
