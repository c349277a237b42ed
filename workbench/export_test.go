package workbench

// Routes lists method and path of every route.
func Routes() [][2]string {
	out := make([][2]string, len(routes))
	for i, r := range routes {
		out[i] = [2]string{r.Method, r.Path}
	}
	return out
}
