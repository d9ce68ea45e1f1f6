"""What do the estimates say of each hypothesis?"""
