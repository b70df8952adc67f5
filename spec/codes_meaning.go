package spec

// meaningCodes are the codes that resolution, types and lowering give, with their pages.
var meaningCodes = []Explanation{}
