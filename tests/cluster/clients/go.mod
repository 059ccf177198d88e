module hops.test/client

go 1.26
