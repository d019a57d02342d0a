module example.com/classic

go 1.26.0
