"""The commands as they are typed: arguments, options, help. Nothing heavy is imported."""
