"""The Socket.IO door: sessions that ask, and pushes that follow the projected position."""
