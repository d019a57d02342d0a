module example.com/plugin

go 1.26.0

require hotreload v0.0.0

replace hotreload => ../..
