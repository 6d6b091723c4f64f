"""The design language every page shares: tokens, components, base templates."""
