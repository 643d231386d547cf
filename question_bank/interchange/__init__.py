"""Items to and from other people's formats: GIFT, Aiken, Moodle XML, QTI, spreadsheets, YAML.

Every format reads bytes into entries in the shape of our own item files and tells each fault with
its line or row; what a format cannot carry is found by reading back what was written.
"""
