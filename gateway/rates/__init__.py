"""Where rates of TRX come from: a person, or an exchange on chain."""
