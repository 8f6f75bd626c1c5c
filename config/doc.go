// Package config reads, checks and prints the configuration of dlrgate, and
// turns it into the options of the rooms.
//
// It promises that Load reports every fault at once, each with its line and
// column and with what would be right; that nothing outside the file and the
// environment given to Load changes what it returns; and that no secret appears
// in a fault, in a warning, in the printed configuration or in a formatted value.
//
// It opens nothing but the files that the configuration names, and it keeps no
// state: a reload is another Load.
package config
