"""What was agreed: services, price lists, quotes, holds, bookings and visits."""
