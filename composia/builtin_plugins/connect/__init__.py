"""The transport `connect`: Connect, gRPC, gRPC-Web and JSON over HTTP on one port."""
