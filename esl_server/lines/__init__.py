"""The calls of this process that wait in lines, and the people whom its calls hold."""
