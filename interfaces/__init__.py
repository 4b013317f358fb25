"""How the world reaches it: HTTP, Socket.IO and the command line."""
