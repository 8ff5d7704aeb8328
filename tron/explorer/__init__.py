"""What the chain holds, for people and programs that look at it. No payment rests on it."""
