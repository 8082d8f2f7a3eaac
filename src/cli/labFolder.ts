/** Where `evenkeel lab` keeps its runs and records unless told otherwise, in the folder that it is called from. */
export const LAB_FOLDER = 'evenkeel-lab';
