package proxy

import "golang.org/x/sys/windows"

// addressInUse is the system's word for a port that somebody has.
const addressInUse = windows.WSAEADDRINUSE
