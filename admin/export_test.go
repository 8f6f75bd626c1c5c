package admin

// ConsolePaths are the addresses of the console's pages, without a stream's.
func ConsolePaths() (paths []string) {
	for _, p := range pageList() {
		if p.path != "" {
			paths = append(paths, p.path)
		}
	}
	return paths
}
