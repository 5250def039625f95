"""The services through their official SDKs, and the wire tap."""
