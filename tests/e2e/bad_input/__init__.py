"""What people and hosts do wrong: each is one clear error, the same for everybody, and nothing is half done."""
