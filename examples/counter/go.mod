module example.com/counter

go 1.26.0
