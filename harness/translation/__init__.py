"""From AssemblyAI streaming parameters, in any form people have them, to a Gladia live configuration."""
